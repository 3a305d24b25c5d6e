"""How a policy plays many episodes at once, and learns from them."""
