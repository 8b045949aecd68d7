package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/settle-chat/settle/integrations/outbound"
)

// signer signs requests.
type signer interface {
	sign(ctx context.Context, r *http.Request) error
	refused() bool // the system answered 401: forget what may be stale, and say whether there was something to forget
	close()
}

// header is a fixed Authorization header, empty for none.
type header string

func (h header) sign(_ context.Context, r *http.Request) error {
	if h != "" {
		r.Header.Set("Authorization", string(h))
	}
	return nil
}

func (header) refused() bool { return false }
func (header) close()        {}

// tokens keeps one access token. x/oauth2 caches too, but under a lock that knows no deadline and a context that is the
// first caller's.
type tokens struct {
	config clientcredentials.Config
	client *http.Client
	turn   chan struct{} // holds one token of its own: who has it may touch the field below
	token  *oauth2.Token
	stale  chan struct{} // full where the system has refused the token
}

func (o *OAuth2) open(private bool) (*tokens, error) {
	u, err := address("token_url", o.TokenURL)
	if err != nil {
		return nil, err
	}
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, errors.New("client_id and client_secret are both needed")
	}
	guard := outbound.Guard{Allow: []string{u.Host}, AllowPrivate: private}
	if err := guard.Check(u); err != nil {
		return nil, fmt.Errorf("token_url: %w", err)
	}
	client, err := guard.Client()
	if err != nil {
		return nil, err
	}
	return &tokens{client: client, turn: make(chan struct{}, 1), stale: make(chan struct{}, 1), config: clientcredentials.Config{
		ClientID: o.ClientID, ClientSecret: string(o.ClientSecret), TokenURL: o.TokenURL, Scopes: o.Scopes}}, nil
}

func (t *tokens) sign(ctx context.Context, r *http.Request) error {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.turn }()
	select {
	case <-t.stale:
		t.token = nil
	default:
	}
	if !t.token.Valid() {
		token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
		if err != nil {
			return tokenError(err)
		}
		t.token = token
	}
	t.token.SetAuthHeader(r)
	return nil
}

func (t *tokens) refused() bool {
	select {
	case t.stale <- struct{}{}:
	default:
	}
	return true
}

func (t *tokens) close() { t.client.CloseIdleConnections() }

// noToken says why there is none, in our words: x/oauth2 puts the endpoint's whole answer into its error.
type noToken string

func (e noToken) Error() string { return string(e) }

func tokenError(err error) error {
	var answered *oauth2.RetrieveError
	switch {
	case errors.As(err, &answered) && answered.Response != nil:
		return noToken(fmt.Sprintf("the token endpoint answered %d", answered.Response.StatusCode))
	case errors.Is(err, outbound.ErrRefused):
		return outbound.ErrRefused
	}
	return noToken("no token: " + describe(err))
}
