package main

import (
	"slices"
	"time"
)

// spread is the middle and the reach of one number over the rounds of a run.
type spread struct {
	Median, Min, Max float64
	N                int
}

// spreadOf summarizes values; the spread of none has N 0.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	s := slices.Sorted(slices.Values(values))
	mid := len(s) / 2
	median := s[mid]
	if len(s)%2 == 0 {
		median = (s[mid-1] + s[mid]) / 2
	}
	return spread{Median: median, Min: s[0], Max: s[len(s)-1], N: len(s)}
}

// percentile returns the value below which the share q of the latencies lies (nearest rank). It sorts them.
func percentile(latencies []time.Duration, q float64) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	slices.Sort(latencies)
	rank := int(q*float64(len(latencies))+0.999999) - 1
	return latencies[min(max(rank, 0), len(latencies)-1)]
}
