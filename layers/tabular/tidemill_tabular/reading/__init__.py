"""Files of any kind as cells of text, row by row, whatever they hold."""
