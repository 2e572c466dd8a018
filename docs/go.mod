module github.com/madang-chat/madang/docs

go 1.26.0

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/madang-chat/madang v0.0.0
	github.com/madang-chat/madang/socketio/natsbus v0.0.0
	github.com/madang-chat/madang/socketio/redisbus v0.0.0
	github.com/madang-chat/madang/socketio/sioprom v0.0.0
	github.com/nats-io/nats.go v1.55.0
	github.com/prometheus/client_golang v1.25.0
	github.com/redis/go-redis/v9 v9.23.0
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/jackc/pgx/v5 v5.12.0
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/madang-chat/madang/socketio/pgbus v0.0.0
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/nats-io/nkeys v0.4.17 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/madang-chat/madang => ..

replace github.com/madang-chat/madang/socketio/sioprom => ../socketio/sioprom

replace github.com/madang-chat/madang/socketio/natsbus => ../socketio/natsbus

replace github.com/madang-chat/madang/socketio/redisbus => ../socketio/redisbus

replace github.com/madang-chat/madang/socketio/pgbus => ../socketio/pgbus
