module github.com/madang-chat/madang/bench

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/madang-chat/madang v0.0.0
	github.com/madang-chat/madang/socketio/natsbus v0.0.0
	github.com/madang-chat/madang/socketio/pgbus v0.0.0
	github.com/madang-chat/madang/socketio/redisbus v0.0.0
	github.com/nats-io/nats.go v1.55.0
	github.com/redis/go-redis/v9 v9.23.0
)

require (
	github.com/antithesishq/antithesis-sdk-go v0.9.0-default-no-op // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/minio/highwayhash v1.0.4 // indirect
	github.com/nats-io/jwt/v2 v2.8.3 // indirect
	github.com/nats-io/nkeys v0.4.17 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/nats-io/nats-server/v2 v2.15.3 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/madang-chat/madang => ..

replace github.com/madang-chat/madang/socketio/natsbus => ../socketio/natsbus

replace github.com/madang-chat/madang/socketio/pgbus => ../socketio/pgbus

replace github.com/madang-chat/madang/socketio/redisbus => ../socketio/redisbus

tool github.com/nats-io/nats-server/v2
