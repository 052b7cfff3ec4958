package views

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// With renders a component with others as its children, for pages whose fields a
// handler chooses.
func With(of, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return of.Render(templ.WithChildren(ctx, children), w)
	})
}
