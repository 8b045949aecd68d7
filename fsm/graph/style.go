package graph

// The colours of each assurance on white: how a node is filled, and its outline.
const (
	anyoneFill, anyoneLine     = "#f1f5f9", "#64748b"
	deviceFill, deviceLine     = "#e0f2fe", "#0369a1"
	personFill, personLine     = "#dcfce7", "#15803d"
	approvalFill, approvalLine = "#fef3c7", "#b45309"
	passkeyFill, passkeyLine   = "#fce7f3", "#be185d"

	ink = "#0f172a"
)

// colours are the assurances', in the order of levels.
var colours = [...]struct{ fill, line string }{
	{anyoneFill, anyoneLine}, {deviceFill, deviceLine}, {personFill, personLine}, {approvalFill, approvalLine}, {passkeyFill, passkeyLine},
}

// Stylesheet is the picture's style, light or dark as the reader prefers. A page that shows an SVG which isn't Standalone
// serves it.
const Stylesheet = `.settle-graph{--g-paper:#fff;--g-ink:` + ink + `;--g-soft:#475569;--g-here:#c2410c;max-width:100%;height:auto;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;background:var(--g-paper);color:var(--g-ink)}
.settle-graph .g-anyone{--g-fill:` + anyoneFill + `;--g-line:` + anyoneLine + `}
.settle-graph .g-device{--g-fill:` + deviceFill + `;--g-line:` + deviceLine + `}
.settle-graph .g-person{--g-fill:` + personFill + `;--g-line:` + personLine + `}
.settle-graph .g-approval{--g-fill:` + approvalFill + `;--g-line:` + approvalLine + `}
.settle-graph .g-passkey{--g-fill:` + passkeyFill + `;--g-line:` + passkeyLine + `}
.settle-graph .g-shape{fill:var(--g-fill,var(--g-paper));stroke:var(--g-line,var(--g-soft));stroke-width:1.5}
.settle-graph .g-inner{stroke:var(--g-line,var(--g-soft))}
.settle-graph .g-outcome .g-shape{stroke-width:3}
.settle-graph .g-start .g-shape{fill:var(--g-ink);stroke:var(--g-ink)}
.settle-graph .g-name,.settle-graph .g-title{fill:var(--g-ink)}
.settle-graph .g-line,.settle-graph .g-label{fill:var(--g-soft)}
.settle-graph .g-arrow path{stroke:var(--g-soft)}
.settle-graph .g-arrow .g-head{fill:var(--g-soft)}
.settle-graph .g-ring{stroke:var(--g-here);stroke-width:3}
.settle-graph .g-here rect{fill:var(--g-here);stroke:none}
.settle-graph .g-here text{fill:var(--g-paper)}
.settle-graph .g-node:hover .g-shape{stroke-width:3}
.settle-graph .g-arrow:hover path{stroke:var(--g-ink);stroke-width:2.5}
.settle-graph .g-arrow:hover .g-label{fill:var(--g-ink)}
@media (prefers-color-scheme:dark){
.settle-graph{--g-paper:#0b1220;--g-ink:#e2e8f0;--g-soft:#a3b1c6;--g-here:#fb923c}
.settle-graph .g-anyone{--g-fill:#1e293b;--g-line:#94a3b8}
.settle-graph .g-device{--g-fill:#0c2f46;--g-line:#38bdf8}
.settle-graph .g-person{--g-fill:#0f3321;--g-line:#4ade80}
.settle-graph .g-approval{--g-fill:#3b2a08;--g-line:#fbbf24}
.settle-graph .g-passkey{--g-fill:#3f1230;--g-line:#f472b6}
}
`
