"""Addresses of this app."""

from django.urls import URLPattern, path

from desk.board import views

urlpatterns: list[URLPattern] = [
    path("board/", views.board, name="board"),
    path("board/changes", views.changes, name="board-changes"),
]
