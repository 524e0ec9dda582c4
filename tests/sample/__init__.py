"""The sample bureau: made-up people and equipment, in CSV files and the order to load them in."""
