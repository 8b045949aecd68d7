package simulator

// Waiting is how many wakes a network keeps.
func (n *Network) Waiting() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.wakes)
}
