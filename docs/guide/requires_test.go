package guide

// What the code of the pages imports besides the library: the requirements of this module.
import (
	_ "github.com/alexedwards/scs/v2"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/nats-io/nats.go"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/redis/go-redis/v9"

	_ "github.com/madang-chat/madang/socketio/natsbus"
	_ "github.com/madang-chat/madang/socketio/pgbus"
	_ "github.com/madang-chat/madang/socketio/redisbus"
	_ "github.com/madang-chat/madang/socketio/sioprom"
)
