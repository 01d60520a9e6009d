package main

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	type want struct {
		Rounds     int
		RoundTime  time.Duration
		StreamMiB  int64
		Indexes    []int
		Envoy      string
		Small, All bool // which cells are wanted
	}
	tests := map[string]struct {
		args []string
		env  map[string]string
		want want
	}{
		"defaults": {
			want: want{7, time.Second, 256, []int{1_000, 100_000}, ".bin/envoy", true, true},
		},
		"quick": {
			args: []string{"-quick"},
			want: want{2, 120 * time.Millisecond, 32, []int{10, 1_000}, ".bin/envoy", true, true},
		},
		"a flag wins over quick": {
			args: []string{"-quick", "-rounds", "5", "-round-time", "2s"},
			want: want{5, 2 * time.Second, 32, []int{10, 1_000}, ".bin/envoy", true, true},
		},
		"the environment names Envoy": {
			env:  map[string]string{"LAYER_ENVOY": "elsewhere/envoy"},
			want: want{7, time.Second, 256, []int{1_000, 100_000}, "elsewhere/envoy", true, true},
		},
		"a flag wins over the environment": {
			args: []string{"-envoy", "flag/envoy"},
			env:  map[string]string{"LAYER_ENVOY": "elsewhere/envoy"},
			want: want{7, time.Second, 256, []int{1_000, 100_000}, "flag/envoy", true, true},
		},
		"only some cells": {
			args: []string{"-only", "^small/"},
			want: want{7, time.Second, 256, []int{1_000, 100_000}, ".bin/envoy", true, false},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := parseOptions(tt.args, func(k string) string { return tt.env[k] }, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.Envoy, err = filepath.Abs(tt.want.Envoy); err != nil {
				t.Fatal(err)
			}
			got := want{
				o.rounds, o.roundTime, o.streamBytes >> 20, o.indexCounts, o.envoy,
				o.wants("small/16"), o.wants("small/16") && o.wants("stream"),
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no rounds":         {"-rounds", "-3"},
		"no time":           {"-round-time", "1us"},
		"no worker threads": {"-concurrency", "0"},
		"bad cells":         {"-only", "("},
		"bad variants":      {"-variants", "["},
		"an argument":       {"quick"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parseOptions(args, func(string) string { return "" }, io.Discard); err == nil {
				t.Errorf("%q is accepted", args)
			}
		})
	}
}
