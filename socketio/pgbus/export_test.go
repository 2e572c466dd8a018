package pgbus

// NewKeeping is New with another time for which attachments are kept.
var NewKeeping = newBus
