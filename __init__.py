"""engagesim: which customer programme should we run, for whom, and how sure are we?"""

__version__ = "0.1.0"
