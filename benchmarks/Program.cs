Console.WriteLine("gpulstm");
