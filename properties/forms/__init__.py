"""What people may type: places, stays, feeds. Forms check shape; the domain functions check sense."""
