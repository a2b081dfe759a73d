"""A Jira site in memory: Jira Cloud with Jira Service Management, or Jira Data Center."""
