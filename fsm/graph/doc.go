// Package graph draws a workflow: Of turns it into nodes and arrows, Mermaid into text that GitHub renders, SVG into a picture.
//
// It promises that the same workflow always gives the same bytes; that whatever stands in a name, a text or a condition, the
// result is well-formed and nothing of it is read as markup; and that in a picture nothing covers anything else: no node
// another node, no label a node or another label, and no arrow a node that isn't its own. It shows what the files say and
// never a case: no customer's data gets into it.
//
// What holds in every state (whenever, the workflow's silence, its expiry, and where the engine itself leads) leaves from one
// node, "in every state". Where an exception goes on, and how an outcome is undone, is a line in its node. An exception or
// outcome to which nothing leads, as a fragment may bring one, is left out. Of words that outrank every state only AGENT is
// drawn, since it leads to an exception; the others are the same in every workflow.
//
// An SVG that isn't Standalone holds no style of its own, so that it can stand in a page that forbids inline styles: the page
// serves Stylesheet. Without it the picture is still readable, in the colour of the text around it. Its classes are:
//
//	settle-graph                              the svg
//	g-node g-arrow g-legend g-title           its parts; each node is <g id="node-STATE" class="g-node g-KIND g-ASSURANCE">
//	g-start g-anywhere g-say g-ask g-offer    kinds of nodes
//	g-confirm g-sign g-do g-decide g-wait
//	g-outcome g-exception
//	g-anyone g-device g-person g-approval     required assurance
//	g-passkey
//	g-customer g-rule g-time                  kinds of arrows; g-head is an arrow's head
//	g-shape g-inner g-name g-line g-label     a node's shape, its inner lines, its name, its other text; an arrow's label
//	g-live g-ring g-here                      the live node, the ring around it and its tag
package graph
