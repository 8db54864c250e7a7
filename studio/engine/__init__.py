"""The background engine: queue, lanes and the worker processes behind them."""
