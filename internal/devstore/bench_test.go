package devstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	benchRows  = 100
	vectorBody = `{"rank_by":["vector","ANN",[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8]],"top_k":10,"include_attributes":["n","tag"]}`
	fetchBody  = `{"rank_by":["id","asc"],"top_k":1,"filters":["id","Eq",7],"include_attributes":true}`
	orderBody  = `{"rank_by":["id","asc"],"top_k":10,"include_attributes":["n","tag"]}`
)

func benchStore(b *testing.B, cfg Config) *Store {
	b.Helper()
	s, err := Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	var rows strings.Builder
	for i := range benchRows {
		if i > 0 {
			rows.WriteByte(',')
		}
		fmt.Fprintf(&rows, `{"id":%d,"vector":[%d,2,3,4,5,6,7,8],"n":%d,"tag":"t%d"}`, i, i, i, i%7)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, benchRequest("/v2/namespaces/bench", `{"distance_metric":"cosine_distance","upsert_rows":[`+rows.String()+`]}`))
	if w.Code != http.StatusOK {
		b.Fatalf("write: %s", w.Body)
	}
	return s
}

func benchRequest(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer k")
	return r
}

func benchBodies(b *testing.B, run func(b *testing.B, cfg Config, body string)) {
	b.Helper()
	for name, body := range map[string]string{"ann": vectorBody, "fetch": fetchBody, "order": orderBody} {
		for _, cached := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/cache=%v", name, cached), func(b *testing.B) {
				run(b, Config{QueryCache: cached}, body)
			})
		}
	}
}

func BenchmarkQueryHandler(b *testing.B) {
	benchBodies(b, func(b *testing.B, cfg Config, body string) {
		h := benchStore(b, cfg).Handler()
		b.ReportAllocs()
		for b.Loop() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, benchRequest("/v2/namespaces/bench/query", body))
			if w.Code != http.StatusOK {
				b.Fatal(w.Body)
			}
		}
	})
}

// BenchmarkQueryLoopback includes the cost of the client, which runs in the same process.
func BenchmarkQueryLoopback(b *testing.B) {
	benchBodies(b, func(b *testing.B, cfg Config, body string) {
		s := benchStore(b, cfg)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, ln) }()
		defer func() {
			stop()
			if err := <-served; err != nil {
				b.Error(err)
			}
		}()
		tr := &http.Transport{MaxIdleConnsPerHost: 64}
		defer tr.CloseIdleConnections()
		url := "http://" + ln.Addr().String() + "/v2/namespaces/bench/query"
		b.SetParallelism(16)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := benchPost(tr, url, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	})
}

func benchPost(tr *http.Transport, url, body string) error {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer k")
	res, err := tr.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func BenchmarkWrite(b *testing.B) {
	for name, dir := range map[string]bool{"memory": false, "disk": true} {
		b.Run(name, func(b *testing.B) {
			cfg := Config{}
			if dir {
				cfg.DataDir = b.TempDir()
			}
			h := benchStore(b, cfg).Handler()
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, benchRequest("/v2/namespaces/bench", `{"upsert_rows":[{"id":7,"vector":[1,2,3,4,5,6,7,8],"n":7,"tag":"t"}]}`))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
