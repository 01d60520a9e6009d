package control

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hevlayer.com/layer/policy"
	"hevlayer.com/layer/xds/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func compare(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// observer notes what it is told.
type observer struct {
	mu       sync.Mutex
	outcomes map[string]int
	problems int
	answers  map[string]int
}

func (o *observer) ConfigApplied(outcome string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outcomes[outcome]++
}

func (o *observer) ConfigProblems(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.problems = n
}

func (o *observer) EnvoyAnswered(resourceType string, accepted bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answers[fmt.Sprint(resourceType, " ", accepted)]++
}

func (o *observer) outcome(name string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.outcomes[name]
}

func (o *observer) standing() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.problems
}

// fixture is a plane without an Envoy yet.
type fixture struct {
	*Plane
	live     *policy.Live
	observer *observer
}

func newFixture(http string) *fixture {
	f := &fixture{live: &policy.Live{}, observer: &observer{outcomes: map[string]int{}, answers: map[string]int{}}}
	f.Plane = New(Config{
		Live: f.live, Logger: slog.New(slog.DiscardHandler), Observer: f.observer,
		Options: translate.Options{
			HTTP: http, Egress: "/run/egress.sock", SystemRoots: "/roots.pem", MaxBody: 1, Timeouts: translate.DefaultTimeouts(),
		},
	})
	return f
}

const address = "127.0.0.1:0"

// table compiles stores given as name=host/key; the key is an inbound one, which shows in no resource.
func table(t *testing.T, stores ...string) *policy.Table {
	t.Helper()
	var in policy.Input
	for i, text := range stores {
		name, rest, _ := strings.Cut(text, "=")
		host, inbound, _ := strings.Cut(rest, "/")
		in.Stores = append(in.Stores, policy.StoreInput{
			Object: policy.Object{Kind: "VectorStore", Name: name}, Kind: policy.KindTurbopuffer, Default: i == 0, URL: "https://" + host,
			Credential: policy.SecretInput{Ref: "keys/" + name, Value: policy.NewSecret("tpuf_" + name)},
			Mode:       policy.Keys,
			Keys: []policy.KeyInput{{
				Name: "app", Scopes: []string{"read"}, Secret: policy.SecretInput{Ref: "keys/app", Value: policy.NewSecret(inbound)},
			}},
		})
	}
	tb, problems := policy.Compile(in, nil)
	if problems != nil {
		t.Fatal(problems)
	}
	return tb
}

func (f *fixture) apply(t *testing.T, tb *policy.Table, problems ...policy.Problem) {
	t.Helper()
	if err := f.Apply(t.Context(), tb, problems); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

func (f *fixture) inForce(t *testing.T, want *policy.Table) {
	t.Helper()
	if got := f.live.Table(); got != want {
		t.Errorf("another table is in force: %v, wanted %v", got, want)
	}
}

func (f *fixture) reasons() []string {
	var out []string
	for _, p := range f.Problems() {
		out = append(out, p.Object.String()+" "+p.Reason)
	}
	return out
}

func TestReadyWhenEnvoyHasTheFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	first := table(t, "a=a/k1")
	f.apply(t, first)
	f.inForce(t, first)
	if f.Ready() {
		t.Error("ready without an Envoy")
	}
	e := startEnvoy(t, listen(t, f.Plane))
	until(t, "ready", f.Ready)
	compare(t, "problems", []string(nil), f.reasons())
	compare(t, "outcomes", map[string]int{OutcomeApplied: 1}, f.observer.outcomes)
	e.close()
	until(t, "not ready after Envoy has gone", func() bool { return !f.Ready() })
}

func TestUpdateWithoutATableKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	good := table(t, "a=a/k1")
	f.apply(t, good)
	broken := policy.Problem{Object: policy.Object{Kind: "VectorStore", Name: "a"}, Reason: policy.ReasonInvalidSpec, Fatal: true}
	f.apply(t, nil, broken)
	f.inForce(t, good)
	compare(t, "problems", []string{"VectorStore a InvalidSpec"}, f.reasons())
	compare(t, "problems counted", 1, f.observer.standing())
	compare(t, "outcomes", map[string]int{OutcomeApplied: 1, OutcomeInvalid: 1}, f.observer.outcomes)
	f.apply(t, good)
	compare(t, "problems after the repair", []string(nil), f.reasons())
	compare(t, "problems counted after the repair", 0, f.observer.standing())
}

func TestProblemsOfReadingAndTranslatingStandTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	long := strings.Repeat("a-label.", 40) + "localhost"
	tb := table(t, "a=a/k1", "long="+long+"/k1")
	f.apply(t, tb, policy.Problem{Object: policy.Object{Kind: "Index", Name: "ix"}, Reason: policy.ReasonStoreNotFound})
	f.inForce(t, tb)
	compare(t, "problems", []string{"Index ix StoreNotFound", "VectorStore long InvalidSpec"}, f.reasons())
	compare(t, "problems counted", 2, f.observer.standing())
}

func TestRefusedGoesBackToTheLastGood(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	good := table(t, "a=a/k1")
	f.apply(t, good)
	startEnvoy(t, listen(t, f.Plane))
	until(t, "ready", f.Ready)
	f.apply(t, table(t, "a=a/k1", "bad=b/k1"))
	until(t, "refused", func() bool { return f.observer.outcome(OutcomeRefused) == 1 })
	until(t, "settled on the last good", func() bool {
		return f.live.Settled()
	})
	f.inForce(t, good)
	compare(t, "problems", []string{"VectorStore bad RefusedByEnvoy"}, f.reasons())
	compare(t, "problems counted", 1, f.observer.standing())
	if !f.Ready() {
		t.Error("a refused update made the gateway unready")
	}
	better := table(t, "a=a/k1", "b=b/k1")
	f.apply(t, better)
	f.inForce(t, better)
	compare(t, "problems after the repair", []string(nil), f.reasons())
}

// What is refused first is served for want of anything else, but the gateway is not ready.
func TestRefusedFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	f.apply(t, table(t, "a=a/k1", "bad=b/k1"))
	startEnvoy(t, listen(t, f.Plane))
	until(t, "refused", func() bool { return f.observer.outcome(OutcomeRefused) == 1 })
	compare(t, "problems", []string{"VectorStore bad RefusedByEnvoy"}, f.reasons())
	if f.Ready() {
		t.Error("ready with what Envoy refuses")
	}
	rotated := table(t, "a=a/k2", "bad=b/k2")
	f.apply(t, rotated)
	f.inForce(t, rotated)
	compare(t, "problems after an update that repairs nothing", []string{"VectorStore bad RefusedByEnvoy"}, f.reasons())
	f.apply(t, table(t, "a=a/k2"))
	until(t, "ready", f.Ready)
}

// A key that is rotated changes nothing of Envoy's, and is in force at once.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	f.apply(t, table(t, "a=a/old"))
	startEnvoy(t, listen(t, f.Plane))
	until(t, "ready", f.Ready)
	before := f.answered()
	f.apply(t, table(t, "a=a/new"))
	tb, store, ok := f.live.StoreOf("any")
	if !ok {
		t.Fatal("the store is gone")
	}
	for key, want := range map[string]policy.Refusal{"old": policy.UnknownKey, "new": policy.Admitted} {
		compare(t, "refusal of the key "+key, want, tb.Authorize(store, policy.ScopeRead, []string{"Bearer " + key}).Refusal)
	}
	compare(t, "answers of Envoy", before, f.answered())
}

func (f *fixture) answered() int {
	f.observer.mu.Lock()
	defer f.observer.mu.Unlock()
	n := 0
	for _, count := range f.observer.answers {
		n += count
	}
	return n
}

// A table is settled only once Envoy has taken its resources.
func TestSettlesWithEnvoy(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	f.apply(t, table(t, "a=a/k"))
	if f.live.Settled() {
		t.Error("settled before Envoy has said anything")
	}
	startEnvoy(t, listen(t, f.Plane))
	until(t, "settled", f.live.Settled)
}

// What can't be served is not put in force either.
func TestFailedPublishKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	f := newFixture("no address")
	if err := f.Apply(t.Context(), table(t, "a=a/k"), nil); err == nil {
		t.Fatal("a gateway without a listener was served")
	}
	f.inForce(t, nil)
	compare(t, "problems", []string{"Gateway public_http InvalidSpec"}, f.reasons())
	compare(t, "outcomes", map[string]int{OutcomeInvalid: 1}, f.observer.outcomes)
}

// Updates come from several goroutines while Envoy takes and refuses: in the end the table in force is the one whose resources
// are served, the last that Envoy took.
func TestUpdatesRaceWithEnvoysWord(t *testing.T) {
	t.Parallel()
	f := newFixture(address)
	f.apply(t, table(t, "a=a/k"))
	startEnvoy(t, listen(t, f.Plane))
	until(t, "ready", f.Ready)
	var appliers sync.WaitGroup
	for i := range 4 {
		var tables []*policy.Table
		for n := range 25 {
			stores := []string{fmt.Sprintf("a=host-%d-%d/k", i, n)}
			if n%2 == 0 {
				stores = append(stores, "bad=b/k")
			}
			tables = append(tables, table(t, stores...))
		}
		appliers.Go(func() {
			for _, tb := range tables {
				if err := f.Apply(t.Context(), tb, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	appliers.Wait()
	last := table(t, "a=last/k", "c=c/k")
	f.apply(t, last)
	// Settled means that Envoy has the last one in full; what was refused before it can't come back.
	until(t, "settled", func() bool {
		return f.live.Settled() && f.live.Table() == last
	})
	refused := table(t, "a=last/k", "bad=b/k")
	before := f.observer.outcome(OutcomeRefused)
	f.apply(t, refused)
	until(t, "refused", func() bool { return f.observer.outcome(OutcomeRefused) > before })
	until(t, "back", func() bool { return f.live.Table() == last })
}
