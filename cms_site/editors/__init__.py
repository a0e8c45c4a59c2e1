"""Those who keep the portal: roles, review, dashboard, reports."""
