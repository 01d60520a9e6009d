package policy

import "testing"

func TestScopeAllows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		granted, asked Scope
		want           bool
	}{
		{ScopeRead, ScopeRead, true},
		{ScopeWrite, ScopeWrite, true},
		{ScopeRead | ScopeWrite, ScopeRead, true},
		{ScopeRead | ScopeWrite, ScopeWrite, true},
		{ScopeAdmin, ScopeRead, true},
		{ScopeAdmin, ScopeWrite, true},
		{ScopeAdmin, ScopeAdmin, true},
		{ScopeAll, ScopeAdmin, true},
		{ScopeNone, ScopeNone, true},
		{ScopeRead, ScopeNone, true},
		{ScopeNone, ScopeRead, false},
		{ScopeNone, ScopeWrite, false},
		{ScopeNone, ScopeAdmin, false},
		{ScopeRead, ScopeWrite, false},
		{ScopeRead, ScopeAdmin, false},
		{ScopeWrite, ScopeRead, false},
		{ScopeWrite, ScopeAdmin, false},
		{ScopeRead | ScopeWrite, ScopeAdmin, false},
	}
	for _, tt := range tests {
		if got := tt.granted.Allows(tt.asked); got != tt.want {
			t.Errorf("%s allows %s: %v", tt.granted, tt.asked, got)
		}
	}
}

func TestScopeString(t *testing.T) {
	t.Parallel()
	for scope, want := range map[Scope]string{
		ScopeNone: "none", ScopeRead: "read", ScopeWrite: "write", ScopeAdmin: "admin",
		ScopeRead | ScopeWrite: "read,write", ScopeRead | ScopeAdmin: "read,admin", ScopeAll: "read,write,admin",
	} {
		if got := scope.String(); got != want {
			t.Errorf("Scope(%d) = %q, want %q", uint8(scope), got, want)
		}
	}
}

func TestParseScopes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		names []string
		want  Scope
		err   string
	}{
		"one":        {[]string{"read"}, ScopeRead, ""},
		"all":        {[]string{"admin", "write", "read"}, ScopeAll, ""},
		"twice":      {[]string{"write", "write"}, ScopeWrite, ""},
		"none":       {nil, 0, "scopes: at least one of read, write, admin is needed"},
		"unknown":    {[]string{"read", "root"}, 0, `scopes[1]: "root" is not one of read, write, admin`},
		"empty":      {[]string{""}, 0, `scopes[0]: "" is not one of read, write, admin`},
		"upper case": {[]string{"Read"}, 0, `scopes[0]: "Read" is not one of read, write, admin`},
		"no scope":   {[]string{"none"}, 0, `scopes[0]: "none" is not one of read, write, admin`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseScopes(tt.names)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if got != tt.want || text != tt.err {
				t.Errorf("got %s, %q; want %s, %q", got, text, tt.want, tt.err)
			}
		})
	}
}
