package dev

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// readyPoll is how often a starting gateway is asked whether it is ready.
const readyPoll = 25 * time.Millisecond

// waitReady returns when the gateway serves at a URL, or ctx is over.
func waitReady(ctx context.Context, url string) error {
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/ready", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask %s: %w", url, err)
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// greeting is what a person sees when the gateway is ready.
type greeting struct {
	http, https, ca string
	store           string
	// bearer is a shell expression that gives the key, so that no key is printed.
	bearer string
	// hint says what to do before the commands work, "" if nothing.
	hint string
}

// write says it all in one go, so that whoever waits for the ready line has the rest too.
func (g greeting) write(w io.Writer) {
	_, _ = fmt.Fprintf(w, `layer: ready on %[1]s and %[4]s, in front of %[5]s

Write two documents, ask for the nearest, list the namespaces%[6]s:

  curl -s %[1]s/v2/namespaces/demo -H "Authorization: Bearer %[2]s" -d '{"upsert_rows":[{"id":1,"vector":[1,0],"title":"east"},{"id":2,"vector":[0,1],"title":"north"}],"distance_metric":"cosine_distance"}'

  curl -s %[1]s/v2/namespaces/demo/query -H "Authorization: Bearer %[2]s" -d '{"rank_by":["vector","ANN",[1,0.1]],"top_k":1,"include_attributes":["title"]}'

  curl -s %[1]s/v1/namespaces -H "Authorization: Bearer %[2]s"

Over TLS: curl --cacert %[3]s %[4]s/...
`, g.http, g.bearer, quoted(g.ca), g.https, g.store, g.hint)
}

// plain are the characters of a path that a shell takes as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quoted writes a path as one word of a shell command.
func quoted(path string) string {
	if plain.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
