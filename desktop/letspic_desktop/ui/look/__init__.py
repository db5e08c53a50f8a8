"""How everything looks: colours, icons, and the small parts that every page is made of."""
