// Package pgbus connects the servers of a cluster by PostgreSQL, which may hold servers of Node.
package pgbus
