package demo

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/settle-chat/settle/fsm/graph"
	"github.com/settle-chat/settle/web/ui"
)

// drawView is a workflow, drawn, with the state that a contact's case is in.
type drawView struct {
	frame   ui.Frame
	contact *Contact
	title   string
	state   string
	svg     string
}

func (d *Demo) mountGraph(mux *http.ServeMux) {
	show := func(page func(drawView) templ.Component) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			c := d.contact(r.PathValue("contact"))
			if c == nil {
				http.NotFound(w, r)
				return
			}
			in, err := d.insight(r.Context(), c)
			if err != nil {
				ui.Fail(w, r, err)
				return
			}
			if in.Workflow == nil {
				http.NotFound(w, r)
				return
			}
			v := drawView{frame: d.frame("The workflow", ""), contact: c, title: title(in), state: in.Case.State}
			v.svg = graph.SVG(graph.Of(in.Workflow), graph.Options{Live: v.state})
			ui.Write(w, r, http.StatusOK, page(v))
		}
	}
	mux.HandleFunc("GET /graph/{contact}", show(drawPage))
	mux.HandleFunc("GET /graph/{contact}/drawing", show(drawing))
	mux.HandleFunc("GET /assets/graph.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write([]byte(graph.Stylesheet))
	})
}
