// Package natsbus connects the servers of a cluster by NATS.
package natsbus
