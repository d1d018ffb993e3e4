(* A network's forward graph, as the certificate gives it, and the checks that make the walk's theorem
   apply to it. All of it is executable and loads no reals. *)
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Index Syntax Ops.Create Ops.Op Autodiff.Prog Autodiff.Walk.
Import ListNotations.

(* Arguments: the parameters have ids 1, 2, …, then come running statistics (say, of batch norm), then the
   batch; then come the instructions. Types of results are inferred. *)
Record network := Net {
  net_name : name;
  net_params : list (name * ty);
  net_stats : list (name * ty);
  net_batch : list (name * ty);
  net_body : list (op * list positive * name);
  net_loss : positive;
  net_results : list positive;      (* the loss, then metrics *)
  net_stat_results : list positive }.   (* the statistics' new values *)

Definition input := (positive * (name * ty))%type.
Fixpoint number (n : positive) (l : list (name * ty)) : list input :=
  match l with [] => [] | x :: l => (n, x) :: number (Pos.succ n) l end.
Definition in_type (x : input) : ty := snd (snd x).
Definition add_inputs (l : list input) (G : PM.t ty) : PM.t ty :=
  fold_left (fun G x => PM.add (fst x) (in_type x) G) l G.
Fixpoint after (n : positive) {X} (l : list X) : positive :=
  match l with [] => n | _ :: l => after (Pos.succ n) l end.

Fixpoint lookup_all (G : PM.t ty) (l : list positive) : option (list ty) :=
  match l with
  | [] => Some []
  | a :: l => match PM.find a G, lookup_all G l with Some t, Some ts => Some (t :: ts) | _, _ => None end
  end.
(* Numbers the instructions and infers their types. *)
Fixpoint elaborate (G : PM.t ty) (n : positive) (body : list (op * list positive * name))
  : option (prog * PM.t ty * positive) :=
  match body with
  | [] => Some ([], G, n)
  | (o, aa, nm) :: body =>
      match lookup_all G aa with
      | None => None
      | Some ts =>
          match infer o ts with
          | None => None
          | Some t =>
              match elaborate (PM.add n t G) (Pos.succ n) body with
              | None => None
              | Some (p, G, m) => Some (I n o aa ts t nm :: p, G, m)
              end
          end
      end
  end.

(* Ops that are not defined everywhere; Coq's reals give them some value there. *)
Definition partial (o : op) : bool :=
  match o with Unary (Log | Sqrt | Rsqrt | LogPlusOne | Tan | Asin | Acos | Acosh | Atanh)
  | Binary (Divide | Power | Remainder) => true | _ => false end.

(* A comparison of a value with itself says the same of every number. *)
Definition same_args (i : instr) : bool := match args i with [a; b] => Pos.eqb a b | _ => false end.
Definition compares_itself (i : instr) : bool :=
  match iop i with Compare _ => same_args i | _ => false end.
(* Instructions with a side condition to meet: they move, or are not defined everywhere. *)
Definition conditional (act : positive -> bool) (i : instr) : bool :=
  (existsb act (args i) || partial (iop i)) && negb (compares_itself i).

(* What the loss depends on. *)
Definition add_all (l : list positive) (m : PM.t unit) : PM.t unit :=
  fold_left (fun m a => PM.add a tt m) l m.
Definition cone_of (p : prog) (loss : positive) : PM.t unit :=
  fold_left (fun m i => if mem m (res i) then add_all (args i) m else m) (rev p)
    (PM.add loss tt (PM.empty _)).

(* An elaborated network with its analyses. *)
Record forward := Fwd {
  f_params : list input; f_stats : list input; f_batch : list input;
  f_prog : prog; f_types : PM.t ty; f_next : positive; f_loss : positive;
  f_names : PM.t name; f_active : PM.t unit; f_cone : PM.t unit }.

Definition names_of (inputs : list input) (p : prog) : PM.t name :=
  fold_left (fun m i => PM.add (res i) (iname i) m) p
    (fold_left (fun m x => PM.add (fst x) (fst (snd x)) m) inputs (PM.empty _)).

(* The inputs, numbered, and the first id after them. *)
Definition params_of (n : network) : list input := number 1 (net_params n).
Definition stats_of (n : network) : list input := number (after 1 (net_params n)) (net_stats n).
Definition batch_of (n : network) : list input :=
  number (after (after 1 (net_params n)) (net_stats n)) (net_batch n).
Definition first_of (n : network) : positive :=
  after (after (after 1 (net_params n)) (net_stats n)) (net_batch n).
Definition inputs_of (n : network) : PM.t ty :=
  add_inputs (batch_of n) (add_inputs (stats_of n) (add_inputs (params_of n) (PM.empty _))).

Definition elaborated (n : network) : option forward :=
  match elaborate (inputs_of n) (first_of n) (net_body n) with
  | None => None
  | Some (p, G, next) =>
      Some (Fwd (params_of n) (stats_of n) (batch_of n) p G next (net_loss n)
                (names_of (params_of n ++ stats_of n ++ batch_of n) p)
                (activity p (add_all (map fst (params_of n)) (PM.empty _))) (cone_of p (net_loss n)))
  end.

(* Special values have no place in a forward graph: the reals have none. *)
Definition finite_instr (i : instr) : bool :=
  match iop i with Constant _ v => finite_constant v | _ => true end.

Definition instr_ok (f : forward) (i : instr) : bool :=
  let act := mem (f_active f) in let cone := mem (f_cone f) in
  Bool.eqb (act (res i)) (tfloat (rty i) && existsb act (args i))
  && implb (cone (res i)) (forallb cone (args i))
  && finite_instr i.
Definition forward_ok (f : forward) : bool :=
  let act := mem (f_active f) in
  forallb (fun x => tfloat (in_type x) && act (fst x)) (f_params f)
  && forallb (fun x => negb (act (fst x))) (f_stats f ++ f_batch f)
  && match PM.find (f_loss f) (f_types f) with
     | Some t => tfloat t && match snd t with [] => true | _ => false end
     | None => false end
  && mem (f_cone f) (f_loss f)
  && forallb (instr_ok f) (f_prog f)
  && all_bounds_ok act (f_prog f).

(* The backward pass. *)
Definition loss_type (f : forward) : ty :=
  match PM.find (f_loss f) (f_types f) with Some t => t | None => (F32, []) end.
Definition backward (f : forward) : option bst :=
  sweep (f_names f) (mem (f_active f)) (f_prog f) (seed (f_names f) (f_next f) (f_loss f) (loss_type f)).
