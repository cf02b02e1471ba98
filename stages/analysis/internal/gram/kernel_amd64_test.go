package gram

func kernels() []kernel {
	all := []kernel{generic}
	if vectors {
		all = append(all, avx2)
	}
	if best.name == avx512.name {
		all = append(all, avx512)
	}
	return all
}
