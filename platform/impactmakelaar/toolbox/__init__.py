"""The toolbox: guidance pages in content/toolbox and the workbooks that colleagues fill in."""
