package chat

// Visitor is who asks for something: an identity, which costs nothing to get, and therefore also
// the network that it comes from.
type Visitor struct {
	Identity
	Device string   // which of the identity's sessions
	Label  string   // what the device is known as
	Proof  [32]byte // SHA-256 of the token that was shown

	From string // what limits count an address by, see clientip.Network; "" isn't counted
}
