"""The 千川 report API over HTTP on loopback, answering from the synthetic world and its own clock."""
