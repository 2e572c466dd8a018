package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthPatience is less than what containers give a check by default.
const healthPatience = 5 * time.Second

type healthcheckCommand struct {
	running
}

// Run succeeds when the server is ready.
func (c healthcheckCommand) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeoutCause(ctx, healthPatience, fmt.Errorf("the server doesn't answer within %v", healthPatience))
	defer cancel()
	if err := c.client().Call(ctx, http.MethodGet, "/readyz", nil, nil); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "ready")
	return nil
}
