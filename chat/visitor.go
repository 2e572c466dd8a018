package chat

// Visitor is who asks for something: an identity, which costs nothing to get, and therefore also
// the network that it comes from.
type Visitor struct {
	Identity
	From string // what limits count an address by, see clientip.Network; "" isn't counted
}
