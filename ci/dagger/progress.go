package main

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// shown begins a step of Dagger's progress: one line under its name, whose parts are
// hidden until it fails. end says how it ended.
func shown(ctx context.Context, name string) (_ context.Context, end func(error)) {
	ctx, span := Tracer().Start(ctx, name, trace.WithAttributes(attribute.Bool("dagger.io/ui.encapsulate", true)))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}
