"""Filters and tags of the portal's own templates."""

from django import template

register = template.Library()
