"""What people give: files listed, looked at, read, accounted for."""
