"""What the company itself keeps: reviews, tickets, members, plans, experiments, suppliers, groups, with their true causes."""
