module example.com/read-export

go 1.23
