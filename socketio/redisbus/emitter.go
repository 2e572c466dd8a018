package redisbus

// emitterName is what emitters call themselves.
const emitterName = "emitter"
