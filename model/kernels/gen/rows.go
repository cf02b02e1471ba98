package main

func rows()   {}
func update() {}
