# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, each a function that takes a Tree and gives the places where it is broken."""
