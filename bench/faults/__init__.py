"""The whole product under calls while everything it leans on fails, one thing at a time and then together."""
