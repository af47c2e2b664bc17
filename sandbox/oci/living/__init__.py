"""What goes on between two calls (traffic, probes, processes, metrics, alarms, deliveries), as
classes that services hook in.
"""
