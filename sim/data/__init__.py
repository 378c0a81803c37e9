"""The user's own data: read row by row, fitted with standard errors, shown beside the model."""
