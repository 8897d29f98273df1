"""What every room shares: settings, records, items, languages, errors, the sandbox, durable jobs. It knows no other room."""
