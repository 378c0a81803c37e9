"""Who reacts: customers, companies, the network, the names of luck, and the rules."""
