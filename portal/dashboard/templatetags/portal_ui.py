"""The few tags that every page shares: time, state badge, environment band."""

from django import template

register = template.Library()
