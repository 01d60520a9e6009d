package envoy

// Headers that the filter sets for the gateway. A client's own are removed before the filter sees the request.
const (
	HeaderPrefix    = "x-layer-"
	HeaderOperation = "x-layer-operation"
	HeaderStore     = "x-layer-store"
	HeaderKey       = "x-layer-key"
	HeaderScopes    = "x-layer-scopes"
	HeaderNamespace = "x-layer-namespace"

	// HeaderRouted is Envoy's own word to the filter: the cluster that the matched route leads to. HeaderCluster is the filter's
	// to Envoy: the cluster to take instead.
	HeaderRouted  = "x-layer-routed"
	HeaderCluster = "x-layer-cluster"

	// ClientHeaderPrefix starts the headers that a client may send to Layer, none of which a store gets to see.
	ClientHeaderPrefix = "x-hevlayer-"
)

// Clusters. A store's cluster is StoreClusterPrefix and the store's name.
const (
	ClusterControlPlane = "control_plane"
	ClusterExtProc      = "ext_proc"
	ClusterGateway      = "gateway"
	ClusterTraces       = "traces"
	StoreClusterPrefix  = "store/"
)

// Listeners and their route configurations.
const (
	ListenerHTTP   = "public_http"
	ListenerTLS    = "public_tls"
	ListenerEgress = "egress"
	RoutesPublic   = "public"
	RoutesEgress   = "egress"
)

// SecretServerCertificate is the certificate of the public TLS listener; a store's secrets are its cluster's name and one of
// the suffixes.
const (
	SecretServerCertificate = "server_certificate"
	SuffixCredential        = "/credential"
)

// MetadataNamespace holds what the filter tells the access log about a request, under these keys.
const (
	MetadataNamespace = "layer"
	MetadataKey       = "key"
	MetadataStore     = "store"
	MetadataOperation = "operation"
)

// DetailsPrefix starts the response code details of every answer that the filter gives itself.
const DetailsPrefix = "layer_"

// NodeCluster is the node cluster that every Envoy of a gateway gives; the control plane holds one snapshot for it.
const NodeCluster = "layer-gateway"
