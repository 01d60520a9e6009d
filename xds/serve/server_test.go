package serve

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"hevlayer.com/layer/xds/translate"
)

func TestFirstSubscriptionGetsAll(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	p.connect(t).takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")
	p.quiet(t, "cluster true", "secret true", "listener true", "route true")
}

// Envoy asks for one type after the other at its start; that it has the first is no word on the others.
func TestAcceptedOnlyInFull(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	c := p.connect(t)
	c.ask(t, clusters)
	c.take(t, c.receive(t, clusters, "+store/a"))
	p.quiet(t, "cluster true")
	c.ask(t, listeners)
	c.take(t, c.receive(t, listeners, "+egress", "+public_http"))
	p.quiet(t, "listener true")
	c.ask(t, routes, "egress")
	c.take(t, c.receive(t, routes, "+egress"))
	c.ask(t, secrets, "store/a/credential")
	c.take(t, c.receive(t, secrets, "+store/a/credential"))
	p.quiet(t, "route true", "secret true")
	c.ask(t, routes, "public")
	c.take(t, c.receive(t, routes, "+public"))
	p.expect(t, "accepted a=a/1")
}

func TestWaitsForTheFirstSnapshot(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	c := p.connect(t)
	c.ask(t, clusters)
	p.publish(t, "a=a/1")
	c.take(t, c.receive(t, clusters, "+store/a"))
	p.quiet(t, "cluster true")
}

func TestOnlyWhatChangesIsSent(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	c := p.connect(t)
	c.takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")

	// The same content with another table: nothing is sent, and Envoy's word on it stands.
	p.publish(t, "a=a/2", "b=b/1")
	p.expect(t, "accepted a=a/2 b=b/1")

	// Nothing but this cluster comes after it.
	p.publish(t, "a=a/2", "b=elsewhere/1")
	c.take(t, c.receive(t, clusters, "+store/b"))
	p.expect(t, "accepted a=a/2 b=elsewhere/1")

	// A store less: its cluster goes, and the egress routes to it. Its secret goes with the cluster, without being asked for.
	p.publish(t, "a=a/2")
	gone := c.receive(t, clusters, "-store/b")
	changed := c.receive(t, routes, "+egress")
	dropped := c.receive(t, secrets, "-store/b/credential")
	c.take(t, changed)
	c.take(t, dropped)
	// Not yet: the old cluster may still be there.
	p.quiet(t, "cluster true", "secret true", "listener true", "route true", "cluster true", "route true", "secret true")
	c.take(t, gone)
	p.expect(t, "accepted a=a/2")
}

// A secret that Envoy no longer wants, since its cluster is gone, is not waited for.
func TestUnsubscribedSecretIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	c := p.connect(t)
	c.takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")
	c.send(t, &discoveryv3.DeltaDiscoveryRequest{TypeUrl: secrets, ResourceNamesUnsubscribe: []string{"store/b/credential"}})
	p.publish(t, "a=a/1")
	c.take(t, c.receive(t, clusters, "-store/b"))
	c.take(t, c.receive(t, routes, "+egress"))
	p.expect(t, "accepted a=a/1")
}

const complaint = "Error adding/updating cluster(s) store/b: Invalid path: /roots.pem"

const blamed = " for VectorStore b: " + complaint

func TestRefusalGoesBack(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	c := p.connect(t)
	c.takeAll(t, "a")
	p.expect(t, "accepted a=a/1")

	p.publish(t, "a=a/2", "b=bad/1")
	refused := c.receive(t, clusters, "+store/b")
	other := c.receive(t, routes, "+egress")
	c.refuse(t, refused, complaint)
	p.expect(t, "back to a=a/1"+blamed)
	// What was accepted of the refused snapshot is taken back too.
	c.take(t, other)
	back := []received{c.receive(t, clusters, "-store/b"), c.receive(t, routes, "+egress")}
	for _, r := range back {
		c.take(t, r)
	}
	p.expect(t, "accepted a=a/1")

	// An Envoy that starts now gets the last good one.
	p.connect(t).takeAll(t, "a")

	// And what is right afterwards is served.
	p.publish(t, "a=a/3", "b=good/1")
	c.take(t, c.receive(t, clusters, "+store/b"))
	c.take(t, c.receive(t, routes, "+egress"))
	c.ask(t, secrets, "store/b/credential")
	c.take(t, c.receive(t, secrets, "+store/b/credential"))
	p.expect(t, "accepted a=a/3 b=good/1")
}

// Envoy's word on what has been replaced in the meantime does not count.
func TestLateRefusalIsIgnored(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	c := p.connect(t)
	c.takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")
	p.quiet(t, "cluster true", "secret true", "listener true", "route true")

	p.publish(t, "a=a/1", "b=bad/1")
	late := c.receive(t, clusters, "+store/b")
	p.publish(t, "a=a/1", "b=better/1")
	c.refuse(t, late, complaint)
	better := c.receive(t, clusters, "+store/b")
	p.quiet(t, "cluster false")
	c.take(t, better)
	p.expect(t, "accepted a=a/1 b=better/1")
}

// A late refusal of something that is still served is one of what is served now.
func TestLateRefusalOfWhatIsStillServed(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	c := p.connect(t)
	c.takeAll(t, "a")
	p.expect(t, "accepted a=a/1")

	p.publish(t, "a=a/1", "b=bad/1")
	bad := c.receive(t, clusters, "+store/b")
	egress := c.receive(t, routes, "+egress")
	p.publish(t, "a=a/1", "b=bad/1", "c=c/1")
	c.refuse(t, bad, complaint)
	p.expect(t, "back to a=a/1"+blamed)
	c.take(t, egress)
}

func TestFirstAnswerRefused(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=bad/1")
	c := p.connect(t)
	c.ask(t, clusters)
	c.refuse(t, c.receive(t, clusters, "+store/a", "+store/b"), complaint)
	p.expect(t, "back to nothing"+blamed)

	// The same again, with another table: the refusal stands, and nobody is led to believe otherwise.
	p.publish(t, "a=a/2", "b=bad/1")
	p.expect(t, "back to nothing"+blamed)

	// Envoy named what it refused, so it has store/a.
	p.publish(t, "a=a/3", "b=good/1")
	c.take(t, c.receive(t, clusters, "+store/b"))
	c.ask(t, secrets, "store/a/credential", "store/b/credential")
	c.take(t, c.receive(t, secrets, "+store/a/credential", "+store/b/credential"))
	c.ask(t, listeners)
	c.take(t, c.receive(t, listeners, "+egress", "+public_http"))
	c.ask(t, routes, "egress", "public")
	c.take(t, c.receive(t, routes, "+egress", "+public"))
	p.expect(t, "accepted a=a/3 b=good/1")
}

// Where Envoy does not say which part it refuses, its word on the next answer of the type counts for the rest.
func TestRefusalWithoutAName(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=bad/1", "b=b/1")
	c := p.connect(t)
	c.ask(t, secrets, "store/a/credential", "store/b/credential")
	c.take(t, c.receive(t, secrets, "+store/a/credential", "+store/b/credential"))
	c.ask(t, listeners)
	c.take(t, c.receive(t, listeners, "+egress", "+public_http"))
	c.ask(t, routes, "egress", "public")
	c.take(t, c.receive(t, routes, "+egress", "+public"))
	c.ask(t, clusters)
	c.refuse(t, c.receive(t, clusters, "+store/a", "+store/b"), "no")
	p.expect(t, "back to nothing for Gateway cluster: no")
	p.publish(t, "a=good/1", "b=b/1")
	c.take(t, c.receive(t, clusters, "+store/a"))
	p.expect(t, "accepted a=good/1 b=b/1")
}

// What Envoy held in full and refuses a part of when it comes again is not good; the one before is.
func TestRefusalAfterFullAcceptance(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	c := p.connect(t)
	c.takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")
	p.publish(t, "a=a/1", "b=new/1")
	c.take(t, c.receive(t, clusters, "+store/b"))
	p.expect(t, "accepted a=a/1 b=new/1")

	late := p.connect(t)
	late.ask(t, clusters)
	late.refuse(t, late.receive(t, clusters, "+store/a", "+store/b"), complaint)
	p.expect(t, "back to a=a/1 b=b/1"+blamed)
	late.take(t, late.receive(t, clusters, "+store/b"))
	c.take(t, c.receive(t, clusters, "+store/b"))
	p.expect(t, "accepted a=a/1 b=b/1")
}

func TestTwoStreams(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1", "b=b/1")
	one, two := p.connect(t), p.connect(t)
	one.takeAll(t, "a", "b")
	p.expect(t, "accepted a=a/1 b=b/1")
	two.takeAll(t, "a", "b")

	// Both get a change, and either can refuse it for both.
	p.publish(t, "a=a/1", "b=bad/1")
	one.receive(t, clusters, "+store/b")
	two.refuse(t, two.receive(t, clusters, "+store/b"), complaint)
	p.expect(t, "back to a=a/1 b=b/1"+blamed)
	two.take(t, two.receive(t, clusters, "+store/b"))
	p.expect(t, "accepted a=a/1 b=b/1")
}

// An Envoy that goes away owes no answer any more.
func TestClosedStreamIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	gone, stays := p.connect(t), p.connect(t)
	gone.takeAll(t, "a")
	p.expect(t, "accepted a=a/1")
	stays.takeAll(t, "a")
	p.publish(t, "a=new/1")
	gone.receive(t, clusters, "+store/a")
	gone.close()
	stays.take(t, stays.receive(t, clusters, "+store/a"))
	p.expect(t, "accepted a=new/1")
	if !p.Connected() {
		t.Error("one Envoy is left, and the server does not see it")
	}
}

// An Envoy that outlives the control plane tells the next one what it holds, and gets none of it again.
func TestEnvoyOutlivesTheControlPlane(t *testing.T) {
	t.Parallel()
	first := newPlane(t)
	first.publish(t, "a=a/1")
	c := first.connect(t)
	held := map[string]versions{}
	ask := func(typeURL string, want []string, names ...string) {
		c.ask(t, typeURL, names...)
		r := c.receive(t, typeURL, want...)
		c.take(t, r)
		held[typeURL] = r.versions
	}
	ask(clusters, []string{"+store/a"})
	ask(listeners, []string{"+egress", "+public_http"})
	ask(routes, []string{"+egress", "+public"}, "egress", "public")
	ask(secrets, []string{"+store/a/credential"}, "store/a/credential")
	first.expect(t, "accepted a=a/1")

	second := newPlane(t)
	second.publish(t, "a=a/1")
	c = second.connect(t)
	again := func(typeURL string, names ...string) {
		c.send(t, &discoveryv3.DeltaDiscoveryRequest{
			TypeUrl: typeURL, ResourceNamesSubscribe: names, InitialResourceVersions: maps.Clone(held[typeURL]),
		})
	}
	again(secrets, "store/a/credential")
	again(routes, "egress", "public")
	again(clusters)
	c.take(t, c.receive(t, clusters))
	again(listeners)
	second.expect(t, "accepted a=a/1")
	c.take(t, c.receive(t, listeners))
}

// A configuration that would leave Envoy waiting is not served at all.
func TestInconsistentConfigurationIsNotServed(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	r := configuration(t, "a=a/1", "b=b/1")
	r.Listeners = r.Listeners[:1]
	if err := p.Publish(t.Context(), r); err == nil {
		t.Fatal("routes without a listener were served")
	}
	p.connect(t).takeAll(t, "a")
	p.expect(t, "accepted a=a/1")
}

// Whoever publishes last is served in the end, whatever Envoy says in between and whoever else publishes.
func TestLastPublishedWins(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.publish(t, "a=a/1")
	c := p.connect(t)
	c.takeAll(t, "a")
	p.expect(t, "accepted a=a/1")
	published, answers := p.publishAtOnce(t, "a=last/1"), c.answers()
	for n := 0; ; n++ {
		select {
		case r := <-answers:
			if n%2 == 0 && !over(published) {
				c.refuse(t, r, "store/a: no")
			} else {
				c.take(t, r)
			}
		case event := <-p.events:
			if event == "accepted a=last/1" {
				c.close()
				for range answers {
					continue // until the reader ends
				}
				return
			}
		}
	}
}

// publishAtOnce publishes from several goroutines and a last configuration after them; the channel is closed when it is served.
func (p *plane) publishAtOnce(t *testing.T, last string) <-chan struct{} {
	t.Helper()
	var publishers sync.WaitGroup
	publish := func(configurations ...translate.Resources) {
		for _, r := range configurations {
			if err := p.Publish(t.Context(), r); err != nil {
				t.Error(err)
			}
		}
	}
	for i := range 4 {
		var many []translate.Resources
		for n := range 20 {
			many = append(many, configuration(t, fmt.Sprintf("a=host-%d-%d/1", i, n)))
		}
		publishers.Go(func() { publish(many...) })
	}
	published, final := make(chan struct{}), configuration(t, last)
	go func() {
		defer close(published)
		publishers.Wait()
		publish(final)
	}()
	return published
}

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// answers reads until the stream is over.
func (c *client) answers() <-chan received {
	out := make(chan received)
	go func() {
		defer close(out)
		for {
			resp, err := c.stream.Recv()
			if err != nil {
				return
			}
			out <- received{typeURL: resp.GetTypeUrl(), nonce: resp.GetNonce()}
		}
	}()
	return out
}
