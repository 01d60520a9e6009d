package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSpreadOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		values []float64
		want   spread
	}{
		"none":  {nil, spread{}},
		"one":   {[]float64{3}, spread{3, 3, 3, 1}},
		"odd":   {[]float64{9, 1, 4}, spread{4, 1, 9, 3}},
		"even":  {[]float64{4, 1, 2, 9}, spread{3, 1, 9, 4}},
		"equal": {[]float64{2, 2}, spread{2, 2, 2, 2}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, spreadOf(tt.values)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSpreadOfKeepsTheOrderOfItsInput(t *testing.T) {
	t.Parallel()
	values := []float64{3, 1, 2}
	spreadOf(values)
	if diff := cmp.Diff([]float64{3, 1, 2}, values); diff != "" {
		t.Error(diff)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 0, 100)
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	tests := map[string]struct {
		latencies []time.Duration
		q         float64
		want      time.Duration
	}{
		"none":            {nil, 0.5, 0},
		"one":             {[]time.Duration{7}, 0.99, 7},
		"median of two":   {[]time.Duration{9, 5}, 0.5, 5},
		"median of three": {[]time.Duration{9, 5, 6}, 0.5, 6},
		"median":          {hundred, 0.5, 50},
		"p99":             {hundred, 0.99, 99},
		"lowest":          {hundred, 0, 1},
		"highest":         {hundred, 1, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			latencies := append([]time.Duration(nil), tt.latencies...)
			if got := percentile(latencies, tt.q); got != tt.want {
				t.Errorf("percentile %v is %d, want %d", tt.q, got, tt.want)
			}
		})
	}
}
