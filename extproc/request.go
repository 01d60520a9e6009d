package extproc

import (
	"net/http"
	"strconv"
	"strings"

	"hevlayer.com/layer/envoy"
	"hevlayer.com/layer/internal/apierror"
	"hevlayer.com/layer/policy"
)

// request is what Envoy tells about one request. The headers are those that xds/translate has it send.
type request struct {
	method        string
	path          string
	authorization []string
	contentLength string
	traceparent   string
	// cluster is where Envoy's route leads, as Envoy itself says.
	cluster string
}

// verdict is the filter's answer: the reply if there is one, else what to continue with.
type verdict struct {
	reply *apierror.Error
	match policy.Match
	store *policy.Store
	grant policy.Grant
	// cluster is the one that Envoy has to take instead of its route's, "" where that one is right.
	cluster string
	// traceparent is a minted one, "" where the request has its own.
	traceparent string
}

// judge decides on a request. The order of the checks is the order of the answers that a client is promised: key, scope,
// draining, size, and only then what is wrong with the request itself.
func (s *Server) judge(r request) verdict {
	v := verdict{match: policy.Read(r.method, r.path)}
	if op := v.match.Operation; op != nil && op.Public() && r.cluster == envoy.ClusterGateway {
		return v
	}
	table, store, unavailable := s.resolve(r.cluster, v.match)
	if table == nil {
		v.reply = unavailable
		return v
	}
	v.store = store
	want := policy.ScopeNone
	if v.match.Operation != nil {
		want = v.match.Operation.Scope
	}
	v.grant = table.Authorize(store, want, r.authorization)
	switch {
	case v.grant.Refusal != policy.Admitted:
		v.reply = apierror.Refused(v.grant.Refusal, want)
	case s.cfg.Draining():
		v.reply = apierror.Draining()
	case s.tooLarge(r.contentLength):
		v.reply = apierror.New(http.StatusRequestEntityTooLarge, apierror.PayloadTooLarge, apierror.BodyOverLimit)
	case unavailable != nil:
		v.reply = unavailable
	default:
		v.reply = unanswerable(r.method, v.match)
	}
	if v.reply != nil {
		return v
	}
	v.cluster = redirect(r.cluster, v.match.Operation, store)
	if !validTraceparent(r.traceparent) {
		v.traceparent = mintTraceparent()
	}
	return v
}

// redirect names the cluster of the store where an operation is passed to it and Envoy's route leads elsewhere, else "".
func redirect(cluster string, op *policy.Operation, store *policy.Store) string {
	name, ok := strings.CutPrefix(cluster, envoy.StoreClusterPrefix)
	if op.Class != policy.Passthrough || ok && name == store.Name {
		return ""
	}
	return envoy.StoreClusterPrefix + store.Name
}

// resolve finds the store of a request, whose policy judges it: the one that the namespace resolves to, else the default one.
// A nil table means that nobody may judge; with a table, an error is the answer for those who are admitted.
func (s *Server) resolve(cluster string, m policy.Match) (*policy.Table, *policy.Store, *apierror.Error) {
	table, store, ok := s.cfg.Live.StoreOf(m.Namespace)
	switch {
	case table == nil:
		return nil, nil, apierror.New(http.StatusServiceUnavailable, apierror.GatewayUnavailable, "the gateway has no configuration yet")
	case !fits(cluster, m):
		return nil, nil, apierror.New(http.StatusServiceUnavailable, apierror.ServiceUnavailable, "the route of this request is not configured")
	case !ok:
		return table, table.Default(), apierror.New(http.StatusServiceUnavailable, apierror.ServiceUnavailable,
			"the store of namespace "+strconv.Quote(m.Namespace)+" is not configured")
	}
	return table, store, nil
}

// fits reports whether Envoy's route is one that the verdict can stand on: to the gateway for what the gateway answers. For what
// goes to a store it may lead anywhere, since the verdict names the right cluster.
func fits(cluster string, m policy.Match) bool {
	switch {
	case m.Operation == nil:
		// What is no operation goes nowhere but to its reply; a CONNECT has no route at all.
		return cluster == envoy.ClusterGateway || cluster == ""
	case m.Operation.Class == policy.Gateway:
		return cluster == envoy.ClusterGateway
	}
	return true
}

// unanswerable is what is wrong with the request itself, nil if nothing.
func unanswerable(method string, m policy.Match) *apierror.Error {
	switch m.Outcome {
	case policy.UnknownPath:
		return apierror.UnknownRoute()
	case policy.WrongMethod:
		return apierror.WrongMethod(method, m.Allow)
	case policy.BadNamespace:
		return badNamespace(m.Namespace)
	case policy.Matched:
	}
	if m.Operation.Class == policy.Gateway && m.Operation.Namespaced() && !policy.ValidNamespace(m.Namespace) {
		return badNamespace(m.Namespace)
	}
	return nil
}

func badNamespace(ns string) *apierror.Error {
	if len(ns) > maxEcho {
		ns = ns[:maxEcho] + "…"
	}
	return apierror.New(http.StatusUnprocessableEntity, apierror.ValidationError,
		"namespace "+strconv.Quote(ns)+": a name has 1 to 128 of the characters A-Z a-z 0-9 - _ . and is neither . nor ..")
}

// maxEcho bounds how much of a bad name an error repeats.
const maxEcho = 128

// tooLarge reports whether the declared length is over the limit. A length that is no number is Envoy's to refuse.
func (s *Server) tooLarge(contentLength string) bool {
	n, err := strconv.ParseUint(contentLength, 10, 64)
	return err == nil && n > s.cfg.MaxBody
}
