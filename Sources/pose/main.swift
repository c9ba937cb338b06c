print("pose")
