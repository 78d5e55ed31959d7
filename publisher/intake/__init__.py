"""Turn folders and CAR files of other tools into blocks and a root.

Names and bytes of files do not change, except for links that are to become relative.
"""
