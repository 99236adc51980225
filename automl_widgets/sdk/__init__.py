"""The names, flow and return values of Azure ML SDK v1: the only room that speaks its words."""
